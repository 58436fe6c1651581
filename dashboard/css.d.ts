/** vite bundles what is imported under these names. */
declare module '*.css';
