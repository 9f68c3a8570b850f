// Texts: labels with their embeddings.
//
// A text table says which text encoder made it and how, because cosines between two encoders'
// spaces mean nothing. What a text expert makes of the embeddings is `Experts`' business; which
// table goes with which expert is decided by `Library`.
//
// Start reading at `TextTable`.
