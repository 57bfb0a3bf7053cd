/** For elements that are not written when they say nothing. */
export const omit = { omitEmpty: true } as const;
