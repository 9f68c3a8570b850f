// Library: what the product can do, as plain Swift.
//
// A `LibrarySnapshot` is a folder of experts and text tables, loaded, checked and never changed
// again; its methods answer questions about checkpoints. No wire types, no JSON-RPC, no options of
// a command line: `Server` and the executable translate. Results are this module's own types, so
// that nobody above needs a lower module.
//
// Start reading at `LibrarySnapshot`, then `LibrarySnapshot.classify`.
