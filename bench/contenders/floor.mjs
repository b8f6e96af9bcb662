/** What no cache of promises can be faster than: the same promise at every call. */
export const floor = {
  name: 'awaiting a stored promise',
  packages: [],
  constant: true,
  create(loader) {
    const stored = loader('the only one');
    return () => stored;
  },
};
