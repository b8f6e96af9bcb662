/** The decorators of other libraries, in both forms. */
type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

// biome-ignore lint/suspicious/noExplicitAny: a decorator for every method in both forms
type AnyDecorator = (...args: any[]) => any;

/** Notes a mark on the function itself, as SetMetadata of Nest and many older ones do. */
export function Marked(mark: string): AnyDecorator {
  return onMethod((fn) => {
    const marked = fn as AnyMethod & { marks?: readonly string[] };
    marked.marks = [...(marked.marks ?? []), mark];
    const reflect = Reflect as { defineMetadata?: (key: string, value: unknown, target: object) => void };
    reflect.defineMetadata?.(`mark:${mark}`, true, fn);
    return fn;
  });
}

/** Replaces the function with one that says so. */
export function Wrapping(calls: string[]): AnyDecorator {
  return onMethod(
    (fn) =>
      function (this: unknown, ...args: unknown[]) {
        calls.push('wrapper');
        return fn.apply(this, args);
      },
  );
}

/** Leaves the method alone. */
export const counts: AnyDecorator = onMethod((fn) => fn);

function onMethod(change: (fn: AnyMethod) => AnyMethod): AnyDecorator {
  return (target: AnyMethod, context: unknown, descriptor?: PropertyDescriptor) => {
    if (typeof context === 'object') return change(target);
    if (descriptor) descriptor.value = change(descriptor.value as AnyMethod);
    return undefined;
  };
}
