import COpenBLAS

/// Decompositions of symmetric matrices. Beside `BLAS.swift` the only file that calls the numeric
/// library; pointers enter it by closure and never leave.
package enum LAPACK {
  /// The eigenvalues of a symmetric matrix in ascending order, with a unit eigenvector for each as
  /// the rows of a matrix; single precision.
  ///
  /// Cost: about `9 n³` operations (divide and conquer); 1 ms for 128 × 128. Only one triangle is
  /// read. The signs of the vectors are the library's choice and mean nothing.
  ///
  /// - Returns: `nil` where the iteration does not converge, as with entries that are not finite.
  package static func eigen(_ matrix: Matrix) -> (values: [Float], vectors: Matrix)? {
    precondition(matrix.rows == matrix.columns, "a symmetric matrix is square")
    guard matrix.rows > 0 else { return ([], matrix) }
    var (vectors, values) = (matrix.values, [Float](repeating: 0, count: matrix.rows))
    let status = unsafe vectors.withUnsafeMutableBufferPointer { a in
      unsafe values.withUnsafeMutableBufferPointer { w in
        unsafe run(matrix.rows, zero: Float(0)) { n, work, lwork, iwork, liwork, info in
          unsafe ssyevd_(
            "V", "L", n, a.baseAddress, n, w.baseAddress, work, lwork, iwork, liwork, info, 1, 1)
        }
      }
    }
    guard status == 0, values.allSatisfy(\.isFinite) else { return nil }
    // By columns there is by rows here.
    return (values, Matrix(rows: matrix.rows, columns: matrix.rows, values: vectors))
  }

  /// The same in double precision, for matrices whose small eigenvalues matter; `n × n` numbers in
  /// and out.
  package static func eigen(
    _ entries: [Double], size: Int
  ) -> (values: [Double], vectors: [Double])? {
    precondition(entries.count == size * size, "a symmetric matrix is square")
    guard size > 0 else { return ([], []) }
    var (vectors, values) = (entries, [Double](repeating: 0, count: size))
    let status = unsafe vectors.withUnsafeMutableBufferPointer { a in
      unsafe values.withUnsafeMutableBufferPointer { w in
        unsafe run(size, zero: Double(0)) { n, work, lwork, iwork, liwork, info in
          unsafe dsyevd_(
            "V", "L", n, a.baseAddress, n, w.baseAddress, work, lwork, iwork, liwork, info, 1, 1)
        }
      }
    }
    guard status == 0, values.allSatisfy(\.isFinite) else { return nil }
    return (values, vectors)
  }

  private typealias Routine<Number> = (
    UnsafePointer<Int32>, UnsafeMutablePointer<Number>?, UnsafePointer<Int32>,
    UnsafeMutablePointer<Int32>?, UnsafePointer<Int32>, UnsafeMutablePointer<Int32>
  ) -> Void

  /// Calls a routine with the working storage that its documentation asks for.
  private static func run<Number>(
    _ size: Int, zero: Number, _ routine: Routine<Number>
  ) -> Int32 {
    var n = Int32(size)
    var info: Int32 = 0
    var work = [Number](repeating: zero, count: 1 + 6 * size + 2 * size * size)
    var integers = [Int32](repeating: 0, count: 3 + 5 * size)
    var (workCount, integerCount) = (Int32(work.count), Int32(integers.count))
    unsafe work.withUnsafeMutableBufferPointer { work in
      unsafe integers.withUnsafeMutableBufferPointer { integers in
        unsafe routine(
          &n, work.baseAddress, &workCount, integers.baseAddress, &integerCount, &info)
      }
    }
    return info
  }
}
