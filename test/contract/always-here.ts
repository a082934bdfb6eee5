/** Imported before Sheaf: whatever is measured, the calling thread does every map that it may. */
process.env.SHEAF_INLINE = 'always';
