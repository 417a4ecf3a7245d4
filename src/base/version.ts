/** The package's own version; `npm run build` refuses to go on when package.json says another. */
export const version = '0.1.0';
