// Server: the only place that sees both worlds, messages and the library.
//
// `Daemon` runs one connection on two descriptors: signals, the guard around standard output, the
// watch over the client's process, exit codes. `Methods` is the table of methods; each handler is a
// free function from typed parameters and a snapshot of the library to a typed result. `WireErrors`
// gives errors their codes. State has one owner: `LibraryHolder`.
//
// It does no I/O of its own on checkpoints and no arithmetic. Start reading at `Methods`.
