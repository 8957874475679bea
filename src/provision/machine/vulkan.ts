/** Something that is not as it should be, and how to mend it. */
export interface Lack {
  readonly found: string;
  readonly hint: string;
}

/** @param said what Dawn and the Vulkan loader wrote while they found no GPU */
export function whyNoGpu(said: string): Lack {
  const warnings = [...said.matchAll(/^Warning: (.*)$/gm)].map(([, text = '']) =>
    text.trim().replace(/\.$/, ''),
  );
  const name = 'or name a driver with VK_ICD_FILENAMES';
  if (warnings.some((text) => text.includes("Couldn't load Vulkan"))) {
    return {
      found: 'finds no Vulkan: there is no libvulkan.so.1',
      hint: "install the Vulkan loader (Debian: apt-get install libvulkan1) and the GPU's driver",
    };
  }
  const reason = warnings.find((text) => !text.startsWith('vkCreateInstance'));
  if (reason === undefined) {
    return { found: 'finds no Vulkan driver', hint: `install the GPU's, ${name}` };
  }
  return { found: `finds no Vulkan driver that suffices: ${reason}`, hint: `install the GPU's own, ${name}` }; // prettier-ignore
}
