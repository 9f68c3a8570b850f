import Checkpoints
import Experts
import Tensors
import Texts

/// How checkpoints are found and read.
package struct LibraryOptions: Sendable {
  /// What relative paths are relative to.
  package var directory: String
  /// The local Hub cache.
  package var hubCache: String
  /// The longest safetensors header that is read, in bytes.
  package var headerLimit: Int

  package init(directory: String, hubCache: String, headerLimit: Int = 16 << 20) {
    self.directory = directory
    self.hubCache = hubCache
    self.headerLimit = headerLimit
  }

  /// Where the local Hub cache is, by the variables that its own tools obey.
  package static func hubCache(environment: [String: String]) -> String {
    HubCache.location(environment: environment)
  }

  var limits: ReadLimits {
    var limits = ReadLimits()
    limits.headerBytes = headerLimit
    return limits
  }
}

/// A library folder as it was when it was loaded: experts and text tables in memory, and what could
/// not be loaded. Immutable, so that any number of threads may ask it.
package struct LibrarySnapshot: Sendable {
  /// Something in the folder that could not be used; everything else is served all the same.
  package struct Problem: Sendable, Equatable {
    /// The file or folder.
    package let path: String
    /// Why it could not be used.
    package let error: LibraryError
  }

  /// The folder.
  package let path: String
  /// How its questions find and read checkpoints.
  package let options: LibraryOptions
  /// By name.
  let experts: [ResidentExpert]
  /// By name.
  let tables: [ResidentTable]
  /// In the order in which they were met.
  package let problems: [Problem]

  /// Bytes that the experts' numbers occupy, projections of text tables included.
  package var expertBytes: Int { experts.reduce(0) { $0 + $1.byteCount } }
  /// Bytes that the tables' embeddings occupy.
  package var tableBytes: Int { tables.reduce(0) { $0 + $1.table.byteCount } }
  /// How many experts, and how many text tables, are in memory.
  package var expertCount: Int { experts.count }
  package var tableCount: Int { tables.count }
}

/// An expert in memory.
package struct ResidentExpert: Sendable {
  /// File name without `.safetensors`.
  let name: String
  let path: String
  let expert: Expert
  /// For a text expert: every table of its encoder and dimension, projected once.
  let projections: [ProjectedTable]

  var facts: ExpertFacts { expert.facts }

  var byteCount: Int {
    projections.reduce(expert.byteCount) { $0 + $1.directions.values.count * 4 }
  }
}

/// A text table as one text expert sees it.
struct ProjectedTable: Sendable {
  /// The table's name.
  let table: String
  let labels: [String]
  /// n × r_T, each row of length 1.
  let directions: Matrix
}

/// A text table in memory.
struct ResidentTable: Sendable {
  /// File name without `.safetensors`.
  let name: String
  let path: String
  let table: TextTable
}
