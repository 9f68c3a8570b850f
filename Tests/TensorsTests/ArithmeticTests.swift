import Tensors
import Testing

/// Products, orders and curves against their definitions in double precision.
@Suite struct ArithmeticTests {
  /// Numbers without pattern that are the same everywhere.
  private static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var state = seed
    let values = (0..<rows * columns).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  private static func reference(_ left: Matrix, _ right: Matrix, scale: Double) -> [Double] {
    (0..<left.rows).flatMap { row in
      (0..<right.columns).map { column in
        scale
          * (0..<left.columns).reduce(0.0) { sum, inner in
            sum + Double(left[row, inner]) * Double(right[inner, column])
          }
      }
    }
  }

  @Test(
    "products agree with the definition, stored or transposed, one row or many",
    arguments: [(1, 1, 1), (1, 7, 5), (3, 4, 2), (17, 33, 9), (64, 96, 40), (2, 0, 3)])
  func products(_ shape: (rows: Int, inner: Int, columns: Int)) {
    let left = Self.matrix(shape.rows, shape.inner, seed: 1)
    let right = Self.matrix(shape.inner, shape.columns, seed: 2)
    let expected = Self.reference(left, right, scale: -0.5)
    let forms: [(BLAS.Factor, BLAS.Factor)] = [
      (.asStored(left), .asStored(right)),
      (.transposed(left.transposed()), .asStored(right)),
      (.asStored(left), .transposed(right.transposed())),
      (.transposed(left.transposed()), .transposed(right.transposed())),
    ]
    for (a, b) in forms {
      let product = BLAS.product(a, b, scale: -0.5)
      #expect(product.rows == shape.rows && product.columns == shape.columns)
      for (got, want) in zip(product.values, expected) {
        #expect(abs(Double(got) - want) <= 1e-5 * max(1, abs(want)))
      }
      var room = [Float](repeating: 7, count: expected.count + 2)
      BLAS.product(a, b, scale: -0.5, into: &room, at: 1)
      #expect(Array(room.dropFirst().dropLast()) == product.values)
      #expect(room.first == 7 && room.last == 7)
    }
  }

  @Test(
    "a product with a tall matrix agrees with the definition, by row sums and in tiles",
    arguments: [(1, 1, 1), (1, 5, 3), (2, 600, 17), (4, 1024, 70), (5, 241, 65), (33, 500, 130)])
  func tallProducts(_ shape: (rows: Int, inner: Int, columns: Int)) {
    var left = Self.matrix(shape.rows, shape.inner, seed: 3)
    // Rectified: the zeros are what the sums of rows leave out.
    for index in left.values.indices { left.values[index] = max(0, left.values[index]) }
    let right = Self.matrix(shape.inner, shape.columns, seed: 4)
    let product = BLAS.productWithTall(left, right)
    #expect(product.rows == shape.rows && product.columns == shape.columns)
    for (got, want) in zip(product.values, Self.reference(left, right, scale: 1)) {
      #expect(abs(Double(got) - want) <= 1e-5 * max(1, abs(want)))
    }
  }

  @Test("NaN and infinity in a response are not lost", arguments: [Float.nan, .infinity])
  func tallProductKeepsFaults(_ fault: Float) {
    var left = Matrix(rows: 1, columns: 9)
    left[0, 7] = fault
    let right = Matrix(rows: 9, columns: 2, values: .init(repeating: 1, count: 18))
    #expect(BLAS.productWithTall(left, right).values.allSatisfy { !$0.isFinite })
  }

  @Test("a matrix is transposed whole", arguments: [(1, 1), (1, 9), (17, 5), (64, 33), (0, 4)])
  func transposition(_ shape: (rows: Int, columns: Int)) {
    let matrix = Self.matrix(shape.rows, shape.columns, seed: 5)
    let result = matrix.transposed()
    #expect(result.rows == shape.columns && result.columns == shape.rows)
    for row in 0..<shape.rows {
      for column in 0..<shape.columns { #expect(result[column, row] == matrix[row, column]) }
    }
  }

  @Test("top-k is a stable sort cut off", arguments: [0, 1, 3, 10, 11, 1000])
  func topK(_ count: Int) {
    let scores: [Float] = [0.5, .nan, 2, -1, 2, 0.5, .infinity, -.infinity, 2, 0]
    let expected = scores.enumerated()
      .sorted { left, right in
        let (a, b) = (
          left.element.isNaN ? -.infinity : left.element,
          right.element.isNaN ? -.infinity : right.element
        )
        return a != b ? a > b : left.offset < right.offset
      }
      .map(\.offset)
    #expect(TopK.indices(of: scores, count: count) == Array(expected.prefix(count)))
  }

  @Test("softmax sums to one and never overflows")
  func softmax() {
    let shares = Vector.softmax([1000, 999, -1000], temperature: 0.5)
    #expect(abs(shares.reduce(0, +) - 1) < 1e-6)
    #expect(abs(shares[1] / shares[0] - 0.135_335_28) < 1e-6)
    #expect(Vector.softmax([]).isEmpty)
  }

  @Test(
    "sigmoid is right at both ends",
    arguments: [(0, 0.5), (100, 1), (-100, 0), (-1000, 0), (2, 0.880_797_1)])
  func sigmoid(_ row: (logit: Float, probability: Float)) {
    #expect(abs(Vector.sigmoid(row.logit) - row.probability) <= 1e-7)
  }

  @Test("rows are normalised, and a zero row stays zero")
  func normalise() {
    let matrix = Matrix(rows: 2, columns: 2, values: [3, 4, 0, 0]).normalizingRows()
    #expect(matrix.values == [0.6, 0.8, 0, 0])
  }

  @Test("rows are selected in the order asked for, as often as asked")
  func selection() {
    let matrix = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])
    #expect(matrix.selectingRows([2, 0, 2]).values == [5, 6, 1, 2, 5, 6])
  }

  @Test("OpenBLAS says which kernels it uses")
  func facts() {
    #expect(!BLAS.coreName.isEmpty)
    #expect(BLAS.configuration.contains("OpenBLAS"))
  }
}
