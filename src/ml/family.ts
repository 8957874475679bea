/** A RoBERTa computes as a BERT does, but has one segment, whether a row has one text or two. */
export type Family = 'bert' | 'roberta';
