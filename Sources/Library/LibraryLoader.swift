import Checkpoints
import Experts
import Tensors
import Texts

/// Turns a library folder into a snapshot.
package enum LibraryLoader {
  /// How far loading has come.
  package struct Progress: Sendable {
    /// The file that is being loaded.
    package let path: String
    /// Files done.
    package let done: Int
    /// Files to load, experts and tables together.
    package let total: Int
  }

  /// Loads `experts/*.safetensors` and `texts/*.safetensors` of a folder.
  ///
  /// A file that cannot be used becomes a problem of the snapshot; so does a folder that does not
  /// exist. Loading itself never fails.
  ///
  /// - Parameters:
  ///   - path: the library folder.
  ///   - progress: called before each file.
  ///   - isCancelled: asked before each file; once true, the rest is left out.
  package static func load(
    _ path: String, options: LibraryOptions, progress: (Progress) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) -> LibrarySnapshot {
    var problems: [LibrarySnapshot.Problem] = []
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    var expertFiles: [String] = []
    var tableFiles: [String] = []
    if let entries = names(in: path, &problems) {
      // Either may be missing: category experts need no texts, and a new library is empty.
      if entries.contains("experts") { expertFiles = files(in: folder + "/experts", &problems) }
      if entries.contains("texts") { tableFiles = files(in: folder + "/texts", &problems) }
      if !entries.contains("experts") && !entries.contains("texts") {
        problems.append(noLibrary(path))
      }
    }
    let total = expertFiles.count + tableFiles.count
    var done = 0

    func loaded<Item>(
      _ files: [String], malformed: LibraryError.Kind, _ load: (String) throws -> Item
    ) -> [Item] {
      files.compactMap { file in
        guard !isCancelled() else { return nil }
        progress(Progress(path: file, done: done, total: total))
        done += 1
        do {
          return try load(file)
        } catch {
          problems.append(
            LibrarySnapshot.Problem(path: file, error: LibraryError(error, malformed: malformed)))
          return nil
        }
      }
    }

    // Tables first: a text expert's projections need them.
    let tables = loaded(tableFiles, malformed: .malformedTable) { file in
      ResidentTable(
        name: name(of: file), path: file,
        table: try TextTable(path: file, limits: options.limits))
    }
    let experts = loaded(expertFiles, malformed: .malformedExpert) { file in
      try expert(file, tables, options)
    }
    for expert in experts {
      if let problem = missingTable(of: expert) { problems.append(problem) }
    }
    // Reading left free pages behind; a daemon that stays gives them back.
    FreeMemory.release()
    return LibrarySnapshot(
      path: path, options: options, experts: experts, tables: tables, problems: problems)
  }

  /// An expert's file, completely checked, with the tables that it may be asked about.
  static func expert(
    _ file: String, _ tables: [ResidentTable], _ options: LibraryOptions
  ) throws -> ResidentExpert {
    let expert = try ExpertFile.read(file, limits: options.limits)
    return ResidentExpert(
      name: name(of: file), path: file, expert: expert,
      projections: projections(of: tables, by: expert))
  }

  private static func noLibrary(_ path: String) -> LibrarySnapshot.Problem {
    LibrarySnapshot.Problem(
      path: path,
      error: LibraryError(
        .unreadableFile, path, problem: "the folder has neither `experts` nor `texts`.",
        remedy: "Give the library's folder with --library."))
  }

  private static func projections(
    of tables: [ResidentTable], by expert: Expert
  ) -> [ProjectedTable] {
    guard case .text(let space, _, _) = expert.facts.output else { return [] }
    return tables.compactMap { resident in
      guard resident.table.fits(space) else { return nil }
      return ProjectedTable(
        table: resident.name, labels: resident.table.labels,
        directions: expert.directions(resident.table.embeddings))
    }
  }

  /// What is wrong with an expert whose own table is not there.
  static func missingTable(of expert: ResidentExpert) -> LibrarySnapshot.Problem? {
    guard case .text(let space, _, let table?) = expert.facts.output,
      !expert.projections.contains(where: { $0.table == table })
    else { return nil }
    return LibrarySnapshot.Problem(
      path: expert.path,
      error: LibraryError(
        .unknownTable, table,
        problem: "the expert “\(expert.name)” answers over this text table, but the library has "
          + "none of that name with \(space.dimension) numbers by \(space.encoder).",
        remedy: "Put the table into the library's folder `texts`."))
  }

  static let fileEnding = ".safetensors"

  /// What the expert or table of a file is called: the file's name without `.safetensors`.
  static func name(of file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    return last.hasSuffix(fileEnding) ? String(last.dropLast(fileEnding.count)) : last
  }

  /// The names in a folder; `nil`, and one problem more, when it cannot be listed.
  private static func names(
    in folder: String, _ problems: inout [LibrarySnapshot.Problem]
  ) -> [String]? {
    do throws(CheckpointError) {
      return try FolderFiles.names(in: folder).names
    } catch {
      problems.append(
        LibrarySnapshot.Problem(
          path: folder,
          error: LibraryError(
            .unreadableFile, folder, problem: "the folder cannot be listed: \(error.problem).",
            remedy: "Give the library's folder with --library; it holds `experts` and `texts`.")))
      return nil
    }
  }

  /// The `.safetensors` files of a folder in the order of their names; hidden ones, which includes
  /// half-written temporary files, are left out.
  private static func files(
    in folder: String, _ problems: inout [LibrarySnapshot.Problem]
  ) -> [String] {
    (names(in: folder, &problems) ?? [])
      .filter { $0.hasSuffix(fileEnding) && !$0.hasPrefix(".") }.map { folder + "/" + $0 }
  }
}

extension TextTable {
  /// Whether a text expert of that space may be asked about this table: cosines mean something only
  /// between embeddings of the same encoder, made the same way.
  func fits(_ space: ExpertFacts.TextSpace) -> Bool {
    encoder == space.encoder && dimension == space.dimension && normalised == space.normalised
  }
}
