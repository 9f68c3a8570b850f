// Tensors: numbers in memory. Matrices, the decoding of stored 16-bit numbers, top-k, and the one
// file that calls BLAS.
//
// It is not a tensor library: no broadcasting, no more than two dimensions, no lazy evaluation. A
// network needs products of matrices and a handful of loops, and those stand here where they can be
// measured. Files, names and formats belong to `Checkpoints`.
//
// Start reading at `Matrix`, then `BLAS`.
