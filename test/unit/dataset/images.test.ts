import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../server/src/dataset/images/decodeImage';
import { ImageError } from '../../../server/src/dataset/images/imageError';

// Files are written by Pillow; hashes are of the pixels that Pillow reads from them (convert('RGB') or 'L'), channels first.

// prettier-ignore
const recorded: readonly (readonly [string, string, number[], string])[] = [
  ['PNG, colour', 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAAKCAIAAAAPTiitAAAAVUlEQVR4nH3NoQqAQBBF0SsINpMGwWaRbdtes23z/3/HIDvI7jhwwoTLmwHOBWIjGzDFLJoD32j900S75+6jo5LdbpQgQzJulBt9pLokEBRQ8E5wvR5JeAzD34Xo0AAAAABJRU5ErkJggg==', [3, 10, 12], 'c1d1c415e8c75f480102cbe3499d2e64f70813db41336031239841c867bff50f'],
  ['PNG, grey', 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAAKCAAAAAClR+AmAAAAYElEQVR4nC3EQQ7DMAhEUbnChhnALBK5979fGvcIXTRfer/1Mfp4kqmq4yGlZmr/SZnBDAazSyYIALja6y1FkuRngZSiu/M+ne4ywyPuI8J3l4qMfUTkXimVmS1zflfmD05YDOZTIATxAAAAAElFTkSuQmCC', [1, 10, 12], '5b42a676a03f47507c606ce642368f2cf75f1254d41c0a22bb1d61da92d0ffc0'],
  ['PNG, palette', 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAAKBAMAAAByAqLJAAAAFVBMVEWgyHqglp0ovHducXWgMoygACgoJj3qm8h1AAAAQElEQVR4nAXB0Q1AMBQAwHsvvokVOpw9DdDEACI2aAdA3cVmdCZCk7yN5CDSq65jevY5zzuKVi5JVi1ZYkg+PX6Z0xNJROdHkQAAAABJRU5ErkJggg==', [3, 10, 12], '1bfb10b8865eee4265158df8953dd0cdaed99c21bdfe499f4cdc64f3d844b107'],
  ['PNG, 1 bit', 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAAKAQAAAACoV4JXAAAAJ0lEQVR4nGNgYGBgWcAoZMdkzsB0h4HJgIFB6wHD6gCG6A0M2z4AAEYdBvWSjj1MAAAAAElFTkSuQmCC', [1, 10, 12], '62c2a84578ce942f86f440ce0600be6162b793bcd102cc0cb435b7e91cfdc7ae'],
  ['PNG, alpha', 'iVBORw0KGgoAAAANSUhEUgAAAAwAAAAKCAYAAACALL/6AAAAWklEQVR4nGNkYND4L8LAwEAsZmGQZGBgYGAnGiNp4CMKo2kQJYixaJDBg31xaVBGwhYofDwatBgYGAyhNALj0WCIFePQYIFkgwUUuzEwMFgQ4yQLBgYGezgGAJPrDcLs16ErAAAAAElFTkSuQmCC', [3, 10, 12], 'c1d1c415e8c75f480102cbe3499d2e64f70813db41336031239841c867bff50f'],
  ['JPEG, subsampled', '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAKAAwDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDhPD3gVPLV5IuPp1rubTwMDAuIIU9Qxyf6V2vh6KP/AEX5E79vpXeaTFG1khMaEnkkgVxzzCc3GnZLT79Iv9bafO99MuFuIsV7K9z/2Q==', [3, 10, 12], '33742d11b4a340a9bb9cb5dc7f9949348b4a127733d80ed6332ce54e124ec9de'],
  ['JPEG, progressive', '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wgARCAAKAAwDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABgBAAMBAQAAAAAAAAAAAAAAAAQFBwMI/9oADAMBAAIQAxAAAAEIaE4WVhqp5YeZ1b//xAAcEAABBAMBAAAAAAAAAAAAAAACAQMFBgAEEiL/2gAIAQEAAQUCj62nLVc8R4DmoAqz/8QAHhEAAQQBBQAAAAAAAAAAAAAAAQACBSEDBBESIzH/2gAIAQMBAT8Bi5o7gArTTPWLUW43axOdx9X/xAAjEQABAgUDBQAAAAAAAAAAAAACAQMABBEhYQUUsRMxYsLw/9oACAECAQE/AWnWOhuJhbc4TP3aHJkSWwthgiqvI8Q1fZ18vWNJFHJVDNKqsf/EABoQAQEAAgMAAAAAAAAAAAAAAAEAAiEDInH/2gAIAQEABj8CFxjpie3FojRf/8QAGxABAAEFAQAAAAAAAAAAAAAAAQARMUFxgSH/2gAIAQEAAT8htjavBeXXs7FjUQllzSf/2gAMAwEAAgADAAAAEFv/AP/EABwRAQEAAAcAAAAAAAAAAAAAAAEAETFBcZHB8P/aAAgBAwEBPxChlMZu3mLmadwiC5v/xAAbEQEAAgMBAQAAAAAAAAAAAAABESEAMUFhkf/aAAgBAgEBPxBy8ELU6Dq+BKoFAE0BNpbngIkD6mEgFScy9KVW1W1VtVtXef/EAB0QAQACAAcAAAAAAAAAAAAAAAEAESExQVFhcaH/2gAIAQEAAT8QToEBmWxzKwQGN63kQ3bphxMKoqs//9k=', [3, 10, 12], '96ec8babf93f941185c357eb036fcece777b853c1693bede102ac57301737344'],
  ['JPEG, grey', '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAAKAAwBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AOT0nwcuwO8fH0611UHg8GFcQxr6hjzXUaTGn+j/ACL37fSutsI4zaKSiknuRX//2Q==', [1, 10, 12], 'c3d8ba4fedbc8976dd81eddebae6d948707a7c4ccd18a8e9581c4acc08702f10'],
  ['PPM', 'UDYKMTIgMTAKMjU1CgAAKBQAKCgAKDwAKFAAKGQAKHgAKIwAKKAAKLQAKMgAKNwAKAAZKBQZLygZNjwZPVAZRGQZS3gZUowZWaAZYLQZZ8gZbtwZdQAyKBQyNigyRDwyUlAyYGQybngyfIwyiqAymLQypsgytNwywgBLKBRLPShLUjxLZ1BLfGRLkXhLpoxLu6BL0LRL5chL+txLDwBkKBRkRChkYDxkfFBkmGRktHhk0Ixk7KBkCLRkJMhkQNxkXAB9KBR9Syh9bjx9kVB9tGR913h9+ox9HaB9QLR9Y8h9htx9qQCWKBSWUiiWfDyWplCW0GSW+niWJIyWTqCWeLSWosiWzNyW9gCvKBSvWSivijyvu1Cv7GSvHXivToyvf6CvsLSv4civEtyvQwDIKBTIYCjImDzI0FDICGTIQHjIeIzIsKDI6LTIIMjIWNzIkADhKBThZyjhpjzh5VDhJGThY3jhoozh4aDhILThX8jhntzh3Q==', [3, 10, 12], 'c1d1c415e8c75f480102cbe3499d2e64f70813db41336031239841c867bff50f'],
];

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

function file(kind: string): Uint8Array {
  const row = recorded.find(([name]) => name === kind);
  return bytesOf(row?.[1] ?? '');
}

/** A PNG chunk; the check sum is not looked at. */
const chunk = (type: string, content: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type), content, Buffer.alloc(4)]);
};

function png(width: number, height: number, header: readonly number[], raw: Uint8Array): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
      chunk('IHDR', Buffer.concat([size, Buffer.from(header)])),
      chunk('IDAT', deflateSync(raw)),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

describe('images', () => {
  it.each(recorded)('%s has the pixels that Pillow reads', async (_, base64, shape, hash) => {
    const { channels, height, width, data } = await decodeImage(bytesOf(base64));
    expect([channels, height, width]).toEqual(shape);
    expect(createHash('sha256').update(data).digest('hex')).toBe(hash);
  });

  it('interlaced PNG puts every pass at its place', async () => {
    // Grey, 8 bits, 4 × 3 pixels of value 10y + x: Adam7's passes 1, 2 (none), 3 (none), 4, 5, 6, 7 with filter 0.
    const rows = [[0], [2], [20, 22], [1, 3], [21, 23], [10, 11, 12, 13]];
    const raw = Uint8Array.from(rows.flatMap((row) => [0, ...row]));
    const { data } = await decodeImage(png(4, 3, [8, 0, 0, 0, 1], raw));
    expect([...data]).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
  });

  it.each([
    ['huge', png(60000, 60000, [8, 2, 0, 0, 0], new Uint8Array(10)), /too many/],
    ['without pixels', png(0, 5, [8, 2, 0, 0, 0], new Uint8Array(10)), /no pixels/],
    ['with more pixels than it says', png(2, 2, [8, 2, 0, 0, 0], new Uint8Array(1 << 22)), /cannot be unpacked/],
    ['with fewer pixels', png(20, 20, [8, 2, 0, 0, 0], new Uint8Array(8)), /cut off/],
    ['with an unknown filter', png(2, 1, [8, 0, 0, 0, 0], Uint8Array.of(9, 1, 2)), /filter 9/],
    ['of an undefined kind', png(2, 1, [3, 2, 0, 0, 0], new Uint8Array(9)), /not defined/],
    ['of another format', Buffer.from('GIF89a....'), /no PNG, JPEG/],
    ['empty', new Uint8Array(0), /no PNG, JPEG/],
  ])('an image %s is refused', async (_, bytes, reason) => {
    const error: unknown = await decodeImage(bytes).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ImageError);
    expect((error as ImageError).message).toMatch(reason);
  });

  it('damaged files of every kind give an image or an ImageError, and the next one is read', async () => {
    let state = 1;
    const random = (n: number): number => (state = (state * 48271) % 2147483647) % n;
    for (const [, base64] of recorded)
      for (let i = 0; i < 40; i++) {
        const bytes = bytesOf(base64);
        for (let k = 0; k <= random(4); k++) bytes[random(bytes.length)] = random(256);
        const cut = random(3) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
        const result: unknown = await decodeImage(cut).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(ImageError);
      }
    expect((await decodeImage(file('JPEG, grey'))).channels).toBe(1);
  });

  it('JPEG with thousands of scans is refused before it is decoded', async () => {
    const bytes = file('JPEG, progressive');
    const scan = bytes.indexOf(0xda);
    const rest = bytes.subarray(scan - 1, scan + 20);
    const many = Buffer.concat([bytes.subarray(0, scan - 1), ...Array.from({ length: 5000 }, () => rest)]);
    await expect(decodeImage(new Uint8Array(many))).rejects.toThrow(/scans/);
  });
});
