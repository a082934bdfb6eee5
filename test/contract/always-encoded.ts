/** Imported before Sheaf: every value goes by the general encoder, and none by a way around blocks. */
process.env.SHEAF_ENCODER = 'general';
