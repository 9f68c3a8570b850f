// swift-tools-version: 6.2
import PackageDescription

// Swift 6.2 is the oldest compiler that knows `.strictMemorySafety()` and
// `.treatAllWarnings(as:)`; every target below is written against it.
let package = Package(
  name: "probexd",
  products: [
    .executable(name: "probexd", targets: ["probexd"])
  ],
  dependencies: [
    // Exact versions: the same sources everywhere, without a lock file.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // Floor 0: system libraries and the few C functions Swift cannot express.
    .systemLibrary(
      name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CProbex"),

    // Floor 1: values.
    .target(name: "JSON", dependencies: ["CJansson"]),
    .target(
      name: "Tensors",
      dependencies: [
        "COpenBLAS", "CProbex", .product(name: "HeapModule", package: "swift-collections"),
      ]
    ),

    // Floor 2: the wire, and the files.
    .target(name: "Messages", dependencies: ["JSON"]),
    .target(
      name: "Checkpoints",
      dependencies: ["Tensors", "JSON", .product(name: "Crypto", package: "swift-crypto")]),

    // Floor 3: transport, networks, texts.
    .target(
      name: "Transport",
      dependencies: [
        "Messages", "JSON",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    .target(name: "Experts", dependencies: ["Tensors", "Checkpoints", "JSON"]),
    .target(name: "Texts", dependencies: ["Tensors", "Checkpoints", "JSON"]),

    // Floor 4: what the product can do, as plain Swift.
    .target(
      name: "Library", dependencies: ["Tensors", "Checkpoints", "Experts", "Texts", "JSON"]),

    // Floor 5: the only place that sees both worlds.
    .target(
      name: "Server",
      dependencies: [
        "CProbex", "Library", "Transport", "Messages", "JSON",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),

    // Floor 6: the executable.
    .executableTarget(
      name: "probexd",
      dependencies: [
        "Server", "Library",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // Tests mirror the sources.
    .target(name: "TestSupport", dependencies: ["JSON"], path: "Tests/TestSupport"),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CProbex", "TestSupport"]),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "JSON", "TestSupport"]),
    .testTarget(
      name: "TransportTests", dependencies: ["Transport", "Messages", "JSON", "TestSupport"]),
    .testTarget(
      name: "ExpertsTests",
      dependencies: ["Experts", "Checkpoints", "Tensors", "JSON", "TestSupport"],
      exclude: ["Golden"]),
    .testTarget(
      name: "TextsTests", dependencies: ["Texts", "Checkpoints", "Tensors", "JSON", "TestSupport"]),
    .testTarget(
      name: "LibraryTests",
      dependencies: [
        "Library", "Experts", "Texts", "Checkpoints", "Tensors", "JSON", "TestSupport",
      ]),
    .testTarget(
      name: "ServerTests",
      dependencies: ["Server", "Library", "Transport", "Messages", "JSON", "TestSupport"]),
    .testTarget(name: "ProbexdTests", dependencies: ["probexd", "Library", "TestSupport"]),
    .testTarget(
      name: "DaemonTests",
      dependencies: ["probexd", "JSON", "TestSupport"]),
    .testTarget(name: "TidyTests", dependencies: ["TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

// One set of settings for every Swift target, so that no target is laxer than another.
var settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
]
// Warnings are errors only where we build: a user's newer compiler must still build this.
if Context.environment["CI"] != nil {
  settings.append(.treatAllWarnings(as: .error))
}
for target in package.targets where target.type != .system && target.name != "CProbex" {
  target.swiftSettings = (target.swiftSettings ?? []) + settings
}
