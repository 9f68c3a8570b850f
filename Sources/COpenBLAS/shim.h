#include <cblas.h>
#include <stddef.h>

// Debian's package has LAPACK in the library but no header for it. The names and arguments are
// Fortran's: everything by address, matrices by columns, and the lengths of character arguments
// as hidden last ones.
void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t,
             size_t);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t,
             size_t);
