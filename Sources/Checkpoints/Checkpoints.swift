// Checkpoints: bytes to named matrices and back. It finds a checkpoint by path, URI or Hub id,
// validates everything that the files say, and reads one layer's bytes.
//
// It is not a model runner, downloads nothing and executes nothing: pickled files are recognised by
// their first bytes and refused. It keeps no state between two calls; what stays in memory is the
// business of `Library`.
//
// Start reading at `Checkpoint`; then `SafetensorsFile` with `SafetensorsHeader` (one file),
// `CheckpointName` and `WeightFiles` (from a name to files), `LayerTable` (from tensors to layers).
// Every system call is in `FileAccess`, the only file here with unsafe code.
