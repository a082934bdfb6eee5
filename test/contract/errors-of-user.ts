/** Error classes of a module that workers can import. */
export class QuotaError extends RangeError {
  readonly limit: number;
  constructor(message: string, limit: number, options?: ErrorOptions) {
    super(message, options);
    this.limit = limit;
  }
  get over(): string {
    return `over ${this.limit}`;
  }
}
