// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is held to the same rules; a warning is an error.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// Products of the server's packages; without the trait `Server` they are not downloaded.
func network(_ name: String, _ package: String = "swift-nio") -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Server"]))
}

let package = Package(
  name: "parla",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "ParlaAudio", targets: ["ParlaAudio"]),
    .library(name: "ParlaLanguageModel", targets: ["ParlaLanguageModel"]),
    .library(name: "ParlaLanguageModelBuilding", targets: ["ParlaLanguageModelBuilding"]),
    .library(name: "ParlaScorerBuilding", targets: ["ParlaScorerBuilding"]),
    .library(name: "ParlaModelExchange", targets: ["ParlaModelExchange"]),
    .library(name: "ParlaRecognition", targets: ["ParlaRecognition"]),
    .library(name: "ParlaTraining", targets: ["ParlaTraining"]),
    .library(name: "parla-c", type: .dynamic, targets: ["ParlaC"]),
    .executable(name: "parla", targets: ["ParlaCommand"]),
  ],
  traits: [
    .trait(name: "Server", description: "`parla serve`, and with it SwiftNIO and BoringSSL.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
  ],
  targets: [
    // Build: which version and commit this is.
    .target(name: "CBuild"),

    // Platform: Foundation's essentials and the C library, for all that recognition needs.
    .target(name: "ParlaPlatform", swiftSettings: strict),

    // Foundation of all levels: how a file is written whole or not at all, and NumPy arrays.
    .target(
      name: "ParlaFiles", dependencies: ["ParlaPlatform", "CFileAttributes", "CCompression"],
      swiftSettings: strict),
    // What has a key and fields in a description: how they are read, and what is wrong with them.
    .target(name: "ParlaDescriptions", swiftSettings: strict),

    // Level 0: know nothing of each other.
    .target(
      name: "ParlaAudio",
      dependencies: ["ParlaPlatform", "ParlaFiles", "ParlaDescriptions", "CAudioFormats"],
      swiftSettings: strict),
    .target(
      name: "ParlaTranscripts", dependencies: ["ParlaPlatform", "ParlaFiles"], swiftSettings: strict
    ),
    .target(name: "ParlaCPU", dependencies: ["ParlaPlatform", "CKernels"], swiftSettings: strict),
    .target(
      name: "ParlaLanguageModel", dependencies: ["ParlaPlatform", "ParlaFiles"],
      swiftSettings: strict),
    .target(name: "ParlaWeb", dependencies: ["ParlaFiles"], swiftSettings: strict),

    // Level 1: what each makes of one or two of them.
    .target(
      name: "ParlaNeuralNetwork", dependencies: ["ParlaPlatform", "ParlaDescriptions", "ParlaCPU"],
      swiftSettings: strict),
    .target(
      name: "ParlaSpelling", dependencies: ["ParlaFiles", "ParlaTranscripts"], swiftSettings: strict
    ),
    .target(
      name: "ParlaLanguageModelBuilding", dependencies: ["ParlaFiles", "ParlaLanguageModel"],
      swiftSettings: strict),
    .target(
      name: "ParlaDecoding",
      dependencies: ["ParlaPlatform", "ParlaFiles", "ParlaTranscripts", "ParlaLanguageModel"],
      swiftSettings: strict),

    // Level 2: join what level 1 made.
    .target(
      name: "ParlaTorch", dependencies: ["ParlaDescriptions", "ParlaNeuralNetwork", "CTorch"],
      swiftSettings: strict),
    .target(
      name: "ParlaMPI", dependencies: ["ParlaNeuralNetwork", "CMPI"], swiftSettings: strict),
    .target(
      name: "ParlaAcousticModel",
      dependencies: [
        "ParlaPlatform", "ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaTranscripts",
        "ParlaNeuralNetwork",
      ],
      swiftSettings: strict),
    .target(
      name: "ParlaCorpus",
      dependencies: ["ParlaSpelling", "ParlaFiles", "ParlaWeb", "ParlaAudio", "ParlaTranscripts"],
      swiftSettings: strict),
    .target(
      name: "ParlaScorerBuilding",
      dependencies: [
        "ParlaSpelling", "ParlaFiles", "ParlaTranscripts", "ParlaLanguageModel",
        "ParlaLanguageModelBuilding", "ParlaDecoding",
      ],
      swiftSettings: strict),

    // Level 3: models in use. Who only recognises links neither training, nor building, nor other toolkits' formats.
    .target(
      name: "ParlaModelDescription",
      dependencies: [
        "ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaNeuralNetwork", "ParlaAcousticModel",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [
        .embedInCode("Presets/deepspeech.yaml"), .embedInCode("Presets/deepspeech2.yaml"),
        .embedInCode("Presets/streaming.yaml"), .embedInCode("Presets/conformer.yaml"),
      ],
      swiftSettings: strict),
    .target(
      name: "ParlaCorpusImport",
      dependencies: [
        "ParlaSpelling", "ParlaFiles", "ParlaWeb", "ParlaAudio", "ParlaTranscripts", "ParlaCorpus",
        "CArchives",
      ],
      resources: [.embedInCode("Rules/Languages.txt")], swiftSettings: strict),
    .target(
      name: "ParlaKur",
      dependencies: [
        "ParlaFiles", "ParlaWeb", "ParlaDescriptions", "ParlaAudio", "ParlaTranscripts",
        "ParlaNeuralNetwork", "ParlaAcousticModel", .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    .target(
      name: "ParlaRecognition",
      dependencies: [
        "ParlaPlatform", "ParlaFiles", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaAcousticModel", "ParlaDecoding",
      ],
      swiftSettings: strict),

    // Level 4: other toolkits' formats.
    .target(
      name: "ParlaModelExchange",
      dependencies: [
        "ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaAcousticModel", "ParlaModelDescription",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Protos"], swiftSettings: strict),

    // Level 5: teaching, which starts from models of every format and writes them.
    .target(
      name: "ParlaTraining",
      dependencies: [
        "ParlaModelDescription", "ParlaSpelling", "ParlaFiles", "ParlaDescriptions", "ParlaAudio",
        "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaTorch",
        "ParlaCorpus", "ParlaAcousticModel", "ParlaModelExchange", "ParlaDecoding",
      ],
      swiftSettings: strict),

    // Level 4: one process that many clients and browsers speak to.
    .target(
      name: "ParlaServer",
      dependencies: [
        "ParlaFiles", "ParlaAudio", "ParlaTranscripts", "ParlaAcousticModel", "ParlaDecoding",
        "ParlaCorpus", "ParlaRecognition", network("NIOCore"), network("NIOPosix"),
        network("NIOHTTP1"), network("NIOWebSocket"), network("NIOSSL", "swift-nio-ssl"),
      ],
      exclude: ["Pages/README.md"],
      resources: [.embedInCode("Pages/Files")],
      swiftSettings: strict),

    // Level 6: the program.
    .executableTarget(
      name: "ParlaCommand",
      dependencies: [
        "ParlaModelDescription", "ParlaSpelling", "ParlaFiles", "ParlaDescriptions", "ParlaAudio",
        "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaLanguageModel", "ParlaLanguageModelBuilding", "ParlaCorpus", "ParlaCorpusImport",
        "ParlaAcousticModel", "ParlaModelExchange", "ParlaDecoding", "ParlaKur",
        "ParlaScorerBuilding", "ParlaRecognition", "ParlaTraining", "ParlaTorch", "ParlaMPI",
        "ParlaServer", "CBuild", "CHeap", argumentParser,
      ],
      swiftSettings: strict),

    // Level 6: the library for C and all that calls C, libdeepspeech's and libstt's functions included.
    .target(
      name: "ParlaC",
      dependencies: [
        "CParla", "ParlaFiles", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaAcousticModel", "ParlaModelExchange", "ParlaDecoding", "ParlaRecognition",
      ],
      swiftSettings: strict),

    // Level 6: a twenty-line app.
    .executableTarget(
      name: "Dictate", dependencies: ["ParlaRecognition"], path: "Examples/Dictate",
      swiftSettings: strict),

    // C doors, each imported by one folder only.
    .target(name: "CFileAttributes"),
    .target(name: "CHeap"),
    .target(name: "CKernels"),
    .target(name: "CParla", dependencies: ["CBuild"]),
    .target(name: "CMPI", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "CTorch", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(
      name: "CAudioFormats",
      linkerSettings: [
        .linkedLibrary("sndfile", .when(platforms: [.macOS])),
        .linkedLibrary("soxr", .when(platforms: [.macOS])),
        .linkedLibrary("opus", .when(platforms: [.macOS])),
        .linkedLibrary("dl", .when(platforms: [.linux])),
      ]),
    .target(name: "CArchives", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(
      name: "CCompression",
      linkerSettings: [.linkedLibrary("z"), .linkedLibrary("bz2"), .linkedLibrary("lzma")]),

    // Tests mirror Sources.
    .target(
      name: "ParlaTestSupport",
      dependencies: ["ParlaFiles", "ParlaAudio", "ParlaCPU"],
      path: "Tests/ParlaTestSupport",
      resources: [.copy("Fixtures")], swiftSettings: strict),
    // Small models for tests.
    .target(
      name: "ParlaModelTestSupport",
      dependencies: [
        "ParlaModelDescription", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaAcousticModel",
      ],
      path: "Tests/ParlaModelTestSupport", swiftSettings: strict),
    // Measures the kernels and layers of training, and what the machine can do (Benchmarks/README.md).
    .target(name: "CMachineLimits", path: "Benchmarks/training/CMachineLimits"),
    .executableTarget(
      name: "TrainingBenchmark",
      dependencies: [
        "ParlaModelDescription", "ParlaAudio", "ParlaNeuralNetwork", "ParlaTorch",
        "ParlaAcousticModel", "ParlaMPI", "CMachineLimits",
        argumentParser,
      ],
      path: "Benchmarks/training/TrainingBenchmark", swiftSettings: strict),
    .testTarget(
      name: "ParlaFilesTests", dependencies: ["ParlaFiles", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaAudioTests",
      dependencies: ["ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaSpellingTests",
      dependencies: ["ParlaFiles", "ParlaTranscripts", "ParlaSpelling", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaTranscriptsTests",
      dependencies: ["ParlaFiles", "ParlaTranscripts", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaCPUTests", dependencies: ["ParlaCPU", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaNeuralNetworkTests",
      dependencies: [
        "ParlaFiles", "ParlaDescriptions", "ParlaCPU", "ParlaNeuralNetwork", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaTorchTests",
      dependencies: [
        "ParlaDescriptions", "ParlaNeuralNetwork", "ParlaTorch", "ParlaTestSupport",
        "ParlaModelTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaCorpusTests",
      dependencies: [
        "ParlaSpelling", "ParlaFiles", "ParlaWeb", "ParlaAudio", "ParlaTranscripts", "ParlaCorpus",
        "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaCorpusImportTests",
      dependencies: [
        "ParlaFiles", "ParlaWeb", "ParlaAudio", "ParlaTranscripts", "ParlaCorpus",
        "ParlaCorpusImport", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaDecodingTests",
      dependencies: [
        "ParlaFiles", "ParlaTranscripts", "ParlaLanguageModel", "ParlaDecoding",
        "ParlaScorerBuilding",
        "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "FuzzLanguageModel",
      dependencies: [
        "ParlaTranscripts", "ParlaLanguageModel", "ParlaDecoding", "ParlaTestSupport",
      ],
      path: "Tests/FuzzLanguageModel", swiftSettings: strict),
    .testTarget(
      name: "ParlaLanguageModelTests",
      dependencies: ["ParlaFiles", "ParlaLanguageModel", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaLanguageModelBuildingTests",
      dependencies: [
        "ParlaFiles", "ParlaLanguageModel", "ParlaLanguageModelBuilding", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaScorerBuildingTests",
      dependencies: [
        "ParlaSpelling", "ParlaFiles", "ParlaTranscripts", "ParlaLanguageModel",
        "ParlaLanguageModelBuilding",
        "ParlaDecoding",
        "ParlaScorerBuilding", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "FuzzModels",
      dependencies: [
        "ParlaModelDescription", "ParlaFiles", "ParlaAudio", "ParlaTranscripts",
        "ParlaNeuralNetwork", "ParlaAcousticModel",
        "ParlaModelExchange", "ParlaDecoding", "ParlaRecognition", "ParlaTraining", "ParlaKur",
        "ParlaTestSupport",
      ],
      path: "Tests/FuzzModels", swiftSettings: strict),
    .testTarget(
      name: "ParlaAcousticModelTests",
      dependencies: [
        "ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaAcousticModel", "ParlaModelDescription", "ParlaModelExchange",
        "ParlaModelTestSupport", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaModelDescriptionTests",
      dependencies: [
        "ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        "ParlaAcousticModel", "ParlaModelDescription", "ParlaModelExchange",
        "ParlaModelTestSupport", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaModelExchangeTests",
      dependencies: [
        "ParlaModelDescription", "ParlaFiles", "ParlaDescriptions", "ParlaAudio",
        "ParlaTranscripts", "ParlaNeuralNetwork", "ParlaAcousticModel",
        "ParlaModelExchange", "ParlaModelTestSupport", "ParlaTestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaKurTests",
      dependencies: [
        "ParlaFiles", "ParlaDescriptions", "ParlaAudio", "ParlaTranscripts",
        "ParlaNeuralNetwork", "ParlaAcousticModel", "ParlaKur", "ParlaTestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "ParlaTrainingTests",
      dependencies: [
        "ParlaModelDescription", "ParlaSpelling", "ParlaFiles", "ParlaDescriptions", "ParlaAudio",
        "ParlaTranscripts", "ParlaNeuralNetwork", "ParlaCorpus", "ParlaAcousticModel",
        "ParlaModelExchange", "ParlaDecoding", "ParlaTraining", "ParlaTestSupport",
        "ParlaModelTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaRecognitionTests",
      dependencies: [
        "ParlaModelDescription", "ParlaFiles", "ParlaAudio", "ParlaTranscripts",
        "ParlaNeuralNetwork", "ParlaAcousticModel",
        "ParlaModelExchange", "ParlaDecoding", "ParlaRecognition", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaServerTests",
      dependencies: [
        "ParlaFiles", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork", "ParlaAcousticModel",
        "ParlaModelDescription", "ParlaCorpus", "ParlaDecoding", "ParlaRecognition", "ParlaServer",
        "ParlaTestSupport",
        network("NIOCore"), network("NIOWebSocket"), network("NIOPosix"), network("NIOEmbedded"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "ParlaFiles", "ParlaAudio", "ParlaCommand", "CLibraryCheck", "ParlaTestSupport",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "CLibraryCheck", dependencies: ["ParlaC", "CParla"], path: "Tests/CLibraryCheck"),
  ]
)
