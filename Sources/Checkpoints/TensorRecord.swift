package import Tensors

/// What a file's header says about one tensor. Validated: the bytes lie inside the file and their
/// count follows from shape and type.
package struct TensorRecord: Sendable, Hashable {
  /// The name in the file.
  package let name: String
  /// The type of its elements.
  package let type: ScalarType
  /// Its dimensions, slowest first; empty for a scalar.
  package let shape: [Int]
  /// Where its bytes start in the file. Not aligned to anything.
  package let offset: Int
  /// How many bytes it takes.
  package let byteCount: Int
  /// The product of its dimensions; 1 for a scalar.
  package let elementCount: Int
}

extension TensorRecord {
  /// `96×384`, or `scalar`.
  var shapeDescription: String {
    shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
  }
}

/// A name compared byte by byte. `String` holds two names for equal when they only differ in how
/// an accented letter is composed; tensors and files do not.
package struct ExactName: Hashable, Sendable {
  /// The name.
  let text: String

  /// The name as it is.
  package init(_ text: String) { self.text = text }

  package static func == (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    // Equal bytes are equal strings, so the string's hash (fast for ASCII) serves.
    hasher.combine(text)
  }
}
