/// Who may import whom: the plan of the house as a table.
struct Floor: Sendable {
  let number: Int
  let target: String
  /// Targets of lower floors.
  let targets: Set<String>
  /// Modules of packages.
  var packages: Set<String> = []
  /// What comes with Swift: the C library and locks.
  var system: Set<String> = []

  var imports: Set<String> { targets.union(packages).union(system) }
}

/// Floor 0 is made of C and has no Swift to check: CJansson, COpenBLAS, CProbex.
let floors: [Floor] = [
  Floor(number: 1, target: "JSON", targets: ["CJansson"], system: ["Glibc"]),
  Floor(
    number: 1, target: "Tensors", targets: ["COpenBLAS", "CProbex"], packages: ["HeapModule"],
    system: ["Glibc"]),
  Floor(number: 2, target: "Messages", targets: ["JSON"]),
  Floor(
    number: 2, target: "Checkpoints", targets: ["Tensors", "JSON"], packages: ["Crypto"],
    system: ["Glibc"]),
  Floor(
    number: 3, target: "Transport", targets: ["Messages", "JSON"],
    packages: ["Logging", "DequeModule"], system: ["Glibc", "Synchronization", "Dispatch"]),
  Floor(
    number: 3, target: "Experts", targets: ["Tensors", "Checkpoints", "JSON"],
    system: ["Glibc", "Synchronization", "Dispatch"]),
  Floor(number: 3, target: "Texts", targets: ["Tensors", "Checkpoints", "JSON"]),
  Floor(
    number: 4, target: "Library",
    targets: ["Tensors", "Checkpoints", "Experts", "Texts", "JSON"],
    system: ["Glibc", "Synchronization"]),
  Floor(
    number: 5, target: "Server",
    targets: ["CProbex", "Library", "Transport", "Messages", "JSON"],
    packages: ["Logging", "UnixSignals"], system: ["Glibc", "Synchronization", "Dispatch"]),
  Floor(
    number: 6, target: "probexd", targets: ["Server", "Library"],
    packages: ["ArgumentParser", "Logging"], system: ["Glibc"]),
]

/// The files in which unsafe operations may stand, by target: pointers do not travel further. Each
/// wraps calls of C: jansson, BLAS, and the system's for files, folders, descriptors and memory.
let unsafeFiles: [String: Set<String>] = [
  "Checkpoints": ["FileAccess.swift"],
  "JSON": ["Jansson.swift"],
  "Server": ["SystemCalls.swift"],
  "Tensors": [
    "BLAS.swift", "FloatDecoding.swift", "LAPACK.swift", "TrainingLoops.swift",
  ],
  "Transport": ["System.swift"],
  "probexd": ["SystemCalls.swift"],
]

/// The module that an import line names; nil for other lines.
func importedModule(_ line: Substring) -> String? {
  guard line.contains("import") else { return nil }
  let form =
    #/
    ^ \s* (?: @\w+ (?: \([^)]*\) )? \s+ )*
    (?: (?: package|public|internal|private|fileprivate) \s+ )?
    import \s+ (?: (?: struct|class|enum|protocol|typealias|func|let|var) \s+ )? (\w+)
    /#
  return line.firstMatch(of: form).map { String($0.1) }
}

/// Imports that the floor of a file does not allow.
func importsBeyondFloor(_ file: SourceFile) -> [String] {
  guard let floor = floors.first(where: { $0.target == file.target }) else {
    return ["1: \(file.target ?? "?") has no row in the table of floors"]
  }
  return file.codeLines.enumerated().compactMap { index, line in
    guard let module = importedModule(line), !floor.imports.contains(module) else { return nil }
    return "\(index + 1): \(floor.target) (floor \(floor.number)) may not import \(module)"
  }
}

/// Unsafe code in a file that is not named for it.
func unsafeCodeElsewhere(_ file: SourceFile) -> [String] {
  if unsafeFiles[file.target ?? "", default: []].contains(file.name) { return [] }
  return file.codeLines.enumerated().compactMap { index, line in
    guard line.contains("nsafe") || line.contains("@safe") || line.contains("@unchecked"),
      let found = line.firstMatch(of: /@safe|@unchecked|\w*Unsafe\w*|(?:^|\W)unsafe(?:\W|$)/)
    else { return nil }
    let word = found.0.filter { $0.isLetter || $0 == "@" }
    return "\(index + 1): \(word)"
  }
}
