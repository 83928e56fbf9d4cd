/** `torch.device`: everything is traced as on the CPU, so that code takes its CPU branches. */
import { native, nativeClass } from '../../../python/native';
import { PyInstance } from '../../../python/values';
import type { PyClass, PyValue } from '../../../python/values';

export const deviceClass: PyClass = nativeClass('device', [], {
  methods: [
    native('__new__(cls, type, index=None)', ({ type = null, index = null }, interpreter) => {
      const text =
        type instanceof PyInstance
          ? deviceText(type)
          : typeof type === 'bigint'
            ? `cuda:${type}`
            : interpreter.toText(type, 'device');
      return makeDevice(index === null ? text : `${text}:${interpreter.toInt(index, 'index')}`);
    }),
    native('__enter__(self)', ({ self = null }) => self),
    native('__exit__(self, *exception)', () => false),
    native('__str__(self)', ({ self = null }) => deviceText(self)),
    native('__repr__(self)', ({ self = null }) => `device(type='${deviceText(self).split(':')[0] ?? ''}')`),
    native('__eq__(self, other)', ({ self = null, other = null }) => deviceText(self) === deviceText(other)),
    native('__hash__(self)', ({ self = null }) => BigInt(deviceText(self).length)),
  ],
  properties: {
    type: ({ self = null }) => deviceText(self).split(':')[0] ?? 'cpu',
    index: ({ self = null }) => {
      const index = deviceText(self).split(':')[1];
      return index === undefined ? null : BigInt(index);
    },
  },
});

const deviceText = (value: PyValue): string =>
  value instanceof PyInstance && typeof value.payload === 'string'
    ? value.payload
    : typeof value === 'string'
      ? value
      : 'cpu';

export function makeDevice(text: string): PyInstance {
  const device = new PyInstance(deviceClass);
  device.payload = text;
  return device;
}

export const isDevice = (value: PyValue): boolean =>
  typeof value === 'string' || (value instanceof PyInstance && value.cls === deviceClass);
