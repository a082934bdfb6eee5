/**
 * Imported before Sheaf: every value goes by the general encoder, and none by a way around blocks; no task is taken back by its claim word; the
 * calling thread does no map.
 */
Object.assign(process.env, { SHEAF_ENCODER: 'general', SHEAF_CLAIMS: 'off', SHEAF_INLINE: 'never' });
