/** Light or dark, as the system says; what is drawn by hand asks for its colours here. */
import { useEffect, useState } from 'preact/hooks';

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Which one it is; the caller is drawn again when it changes. */
export function useTheme(): 'light' | 'dark' {
  const [isDark, set] = useState(dark.matches);
  useEffect(() => {
    const hear = (): void => set(dark.matches);
    dark.addEventListener('change', hear);
    return () => dark.removeEventListener('change', hear);
  }, []);
  return isDark ? 'dark' : 'light';
}

/** A colour of the style sheet. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
