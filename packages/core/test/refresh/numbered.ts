/** A loader that tells how often it was called: 1, 2, 3 … */
export function numbered(): jest.Mock<number, []> {
  let loads = 0;
  return jest.fn(() => {
    loads += 1;
    return loads;
  });
}
