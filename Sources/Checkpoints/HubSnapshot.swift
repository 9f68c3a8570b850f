/// One revision of a model in a Hub cache.
struct HubSnapshot {
  /// The model's folder, `…/models--ORG--NAME`.
  let repository: String
  /// The commit, which is the name of its folder below `snapshots`.
  let commit: String

  /// The folder with its files.
  var folder: String { join(repository, "snapshots/\(commit)") }

  /// The snapshot that an id means.
  ///
  /// - Parameter subject: what the caller asked for, as errors name it.
  /// - Throws: `.notInCache`, `.malformed` (a broken ref), `.unreadable`.
  init(_ id: HubID, in cache: HubCache, subject: String) throws(CheckpointError) {
    let repository = join(cache.root, id.folderName)
    guard Self.exists(repository) else {
      throw CheckpointError(
        .notInCache, subject,
        problem: "there is no such file or folder, and the Hub cache \(cache.root) has no model of "
          + "that name",
        remedy: "Check the spelling, or download it with `hf download \(id.model)`")
    }
    try self.init(
      repository: repository, revision: id.revision, subject: subject,
      download: "hf download \(id.model)")
  }

  /// The snapshot that a model's folder means by itself: `main`, or the only one.
  init(repository: String, subject: String) throws(CheckpointError) {
    try self.init(
      repository: repository, revision: nil, subject: subject, download: "hf download")
  }

  private init(
    repository: String, revision: String?, subject: String, download: String
  ) throws(CheckpointError) {
    let snapshots = Self.names(join(repository, "snapshots"))
    let wanted = revision ?? "main"
    self.repository = repository
    if Self.isCommit(wanted) {
      commit = wanted
    } else if let named = try Self.commit(ofRef: join(repository, "refs/\(wanted)")) {
      commit = named
    } else if revision == nil, snapshots.count == 1 {
      commit = snapshots[0]
    } else {
      let refs = Self.refs(join(repository, "refs"))
      throw CheckpointError(
        .notInCache, subject,
        problem: "the cache has no revision \(quoted(wanted)) of it; it has "
          + (refs.isEmpty && snapshots.isEmpty ? "none" : listed(refs + snapshots)),
        remedy: "Name one of these, or run `\(download) --revision \(wanted)`")
    }
    guard snapshots.contains(where: { ExactName($0) == ExactName(commit) }) else {
      throw CheckpointError(
        .notInCache, subject,
        problem: "the cache has no files of revision \(quoted(wanted)), commit \(commit)",
        remedy: "Run `\(download) --revision \(wanted)`")
    }
  }

  /// Whether the Hub said, when someone asked, that this revision has no file of that name.
  func isKnownMissing(_ file: String) -> Bool {
    Self.exists(join(repository, ".no_exist/\(commit)/\(file)"))
  }

  /// Whether `folder` is a model's folder of a Hub cache.
  static func isRepository(_ folder: String) -> Bool {
    let name = folder.split(separator: "/").last ?? ""
    return Self.exists(join(folder, "snapshots"))
      && (name.hasPrefix("models--") || Self.exists(join(folder, "refs")))
  }

  private static func exists(_ path: String) -> Bool {
    (try? FileAccess.status(of: path)) != nil
  }

  private static func names(_ folder: String) -> [String] {
    (try? FileAccess.listing(of: folder))?.names ?? []
  }

  /// All refs below a folder, nested ones with their path; pull requests are two levels deep.
  private static func refs(_ folder: String, depth: Int = 0) -> [String] {
    guard depth < 4 else { return [] }
    return names(folder).flatMap { name in
      let path = join(folder, name)
      guard let type = try? FileAccess.status(of: path, followingLinks: false).type else {
        return [] as [String]
      }
      return type == .folder ? refs(path, depth: depth + 1).map { "\(name)/\($0)" } : [name]
    }
  }

  /// Forty lower-case hexadecimal digits are a commit and never looked up as a ref.
  private static func isCommit(_ revision: String) -> Bool {
    revision.utf8.count == 40
      && revision.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  /// The commit that a ref holds; nil when there is no such ref.
  private static func commit(ofRef path: String) throws(CheckpointError) -> String? {
    guard (try? FileAccess.status(of: path))?.type == .regular else { return nil }
    let bytes = try CheckedFile.contents(of: path, limit: 4096)
    let text = String(decoding: bytes, as: UTF8.self).split { $0.isWhitespace }.first
    // It becomes a part of a path, so it must be one segment and nothing else.
    guard let text, text != ".", text != "..", !text.utf8.contains(where: { $0 == 0 || $0 == 0x2F })
    else {
      throw CheckpointError(
        .malformed, path, problem: "it does not hold a commit",
        remedy: "Remove the model from the cache and download it again")
    }
    return String(text)
  }
}
