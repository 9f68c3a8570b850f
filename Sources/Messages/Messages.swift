// Messages is the wire: what may be said between a client and the daemon, as Swift types. One
// message, one file; no behaviour, no input and output, no tensors.
//
// It is not the place for framing, ordering or cancellation (that is Transport), nor for what a
// message does (that is Server).
//
// Start at IncomingMessage.swift, which says what a received JSON value is, and Envelope.swift,
// which says how an answer is written (JSON-RPC 2.0). RequestMessage.swift is what every request
// of the daemon conforms to. The files named after messages of LSP (Initialize*.swift,
// CancelParams.swift, …) are the lifecycle; the folder Probex holds the daemon's own methods.
