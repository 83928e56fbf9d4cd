/** A chart as a file of its own: colours and fonts, which the page takes from the theme, are written into it. */

/** Presentation attributes that a style sheet may have decided. */
const INHERITED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'paint-order',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
] as const;

/** Pixels per CSS pixel: sharp in print and on dense screens. */
const PNG_SCALE = 2;

/** SVG text of a chart that stands in the document, on the page's background. */
export function svgText(chart: SVGSVGElement): string {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const originals = [chart, ...chart.querySelectorAll<SVGElement>('*')];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  const hidden: SVGElement[] = [];
  originals.forEach((original, i) => {
    const target = copies[i];
    if (target === undefined) return;
    const style = getComputedStyle(original);
    if (style.display === 'none' || original.hasAttribute('data-screen-only')) hidden.push(target);
    for (const name of INHERITED) target.setAttribute(name, style.getPropertyValue(name));
    for (const name of ['class', 'style', 'tabindex']) target.removeAttribute(name);
  });
  for (const element of hidden) element.remove();
  const { width, height } = chart.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  copy.prepend(background);
  return new XMLSerializer().serializeToString(copy);
}

/** The same as PNG, base64 without prefix. Rejects when the browser cannot draw it. */
export async function pngBase64(chart: SVGSVGElement): Promise<string> {
  const { width, height } = chart.getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(chart))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * PNG_SCALE);
  canvas.height = Math.round(height * PNG_SCALE);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This editor cannot draw pictures.');
  context.scale(PNG_SCALE, PNG_SCALE);
  context.drawImage(image, 0, 0, width, height);
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
