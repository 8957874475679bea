declare const FLOW_BUILD: string | undefined;

/**
 * Names the code that runs: it changes with every change of flow, so that what one build remembers of its own
 * work is not believed by another. From source, where nothing is bundled, it is always the same.
 */
export const build = typeof FLOW_BUILD === 'string' ? FLOW_BUILD : 'source';
