/** What `run()` of the program gives, whatever compiled it. `types` is what the compiler emits of `design:paramtypes`. */
export function expectedReport(types: readonly string[] | null) {
  return {
    results: [
      ['Users/1', 'Users/1'],
      ['order Orders/1', 'order Orders/1'],
      ['report', 'report'],
      ['1 x', '1 x'],
      ['1 x', '1 x'],
    ],
    calls: ['find 1', 'find 1', 'report', 'count x', 'count x'],
    ids: ['Users.find', 'Orders.find', 'Users.Symbol%28report%29', 'Repository.count', 'Users.count'],
    inSuper: 1,
    deleted: true,
    ttl: '5m',
    types,
  };
}
