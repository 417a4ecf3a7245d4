export interface GuideBlock {
  readonly language: string;
  readonly runner: string;
  readonly code: string;
}
export const GUIDE: URL;
export const RUNNERS: readonly string[];
export function guideBlocks(): Promise<GuideBlock[]>;
export function guideProgram(runner: string): Promise<string>;
