import Checkpoints
import Experts
import Tensors
import Texts

// Experts that join a library while it is served: where their file stands, and the library with
// them. A snapshot never changes; who has the old one goes on with it.

extension LibrarySnapshot {
  /// The file in which the library keeps an expert of that name; its folder is made if need be.
  ///
  /// - Parameter replacing: whether an expert of that name may be there.
  /// - Throws: `invalidArgument` for what can be no name, `nameTaken`, `writeFailed` where the
  ///   folder takes no files.
  package func file(
    forExpert name: String, replacing: Bool
  ) throws(LibraryError) -> String {
    if let problem = Self.problem(ofName: name) {
      throw LibraryError(
        .invalidArgument, "name", problem: "“\(name)” \(problem).",
        remedy: "Give a file's name without folder and without \(LibraryLoader.fileEnding).")
    }
    let folder = (path.hasSuffix("/") ? String(path.dropLast()) : path) + "/experts"
    let file = "\(folder)/\(name)\(LibraryLoader.fileEnding)"
    // A file that could not be loaded has its name all the same.
    if !replacing, (try? FolderFiles.status(of: file)) != nil {
      throw LibraryError(
        .nameTaken, name, problem: "the library has an expert's file of that name already.",
        remedy: "Choose another name, or say that it may be replaced.")
    }
    do throws(CheckpointError) {
      try FolderFiles.makeWritable(folder)
    } catch {
      throw LibraryError(error)
    }
    return file
  }

  /// The file of a text table of the library.
  ///
  /// - Throws: `unknownTable`.
  package func file(ofTable name: String) throws(LibraryError) -> String {
    if let table = tables.first(where: { $0.name == name }) { return table.path }
    throw LibraryError(
      .unknownTable, name,
      problem: "the library has no such text table"
        + (tables.isEmpty ? "." : "; it has \(Wording.list(tables.map(\.name)))."),
      remedy: "Put the table into the library's folder `texts`, or name another.")
  }

  /// Reads an expert's file as `LibraryLoader` does.
  ///
  /// Cost: one read of the file, and one product for each text table that fits.
  package func expert(in file: String) throws(LibraryError) -> ResidentExpert {
    // What was read before, such as the layers of a training, has left free pages behind.
    defer { FreeMemory.release() }
    do {
      return try LibraryLoader.expert(file, tables, options)
    } catch {
      throw LibraryError(error, malformed: .malformedExpert)
    }
  }

  /// The library as it would be loaded with that expert's file in its folder: one expert more, or
  /// another in the place of the one that had the file before.
  package func adding(_ expert: ResidentExpert) -> LibrarySnapshot {
    let others = experts.filter { $0.path != expert.path }
    let place =
      others.firstIndex { expert.path.utf8.lexicographicallyPrecedes($0.path.utf8) }
      ?? others.count
    // A library without any folder has one now.
    let left = problems.filter { $0.path != expert.path && $0.path != path }
    return LibrarySnapshot(
      path: path, options: options,
      experts: others[..<place] + [expert] + others[place...], tables: tables,
      problems: left + [LibraryLoader.missingTable(of: expert)].compactMap(\.self))
  }

  /// Why a text can be no expert's name.
  private static func problem(ofName name: String) -> String? {
    if name.isEmpty { return "is empty" }
    if name.contains("/") { return "has a slash" }
    // Hidden files are those that are being written.
    if name.hasPrefix(".") { return "begins with a dot" }
    if name.hasSuffix(LibraryLoader.fileEnding) { return "ends in \(LibraryLoader.fileEnding)" }
    if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      return "has a control character"
    }
    // The longest name that common file systems take.
    if name.utf8.count + LibraryLoader.fileEnding.utf8.count > 255 { return "is too long" }
    return nil
  }
}

extension ResidentExpert {
  /// What the library says about it.
  package var description: ExpertDescription { ExpertDescription(self) }
}
