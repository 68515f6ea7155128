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

let package = Package(
  name: "parla",
  platforms: [.macOS(.v15)],
  products: [.library(name: "ParlaLanguageModel", targets: ["ParlaLanguageModel"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // Foundation of all levels: how a file is written whole or not at all, and NumPy arrays.
    .target(name: "ParlaFiles", swiftSettings: strict),

    // Level 0: know nothing of each other.
    .target(
      name: "ParlaAudio", dependencies: ["ParlaFiles"], swiftSettings: strict),
    .target(name: "ParlaTranscripts", dependencies: ["ParlaFiles"], swiftSettings: strict),
    .target(
      name: "ParlaNeuralNetwork", dependencies: ["CKernels", "CBLAS"], swiftSettings: strict),
    .target(
      name: "ParlaLanguageModel", dependencies: ["ParlaFiles", "CCompression"],
      swiftSettings: strict),

    // Level 1: join two or three of them.
    .target(
      name: "ParlaAcousticModel",
      dependencies: [
        "ParlaFiles", "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [.embedInCode("Description/Presets/deepspeech.yaml")],
      swiftSettings: strict),

    // C doors, each imported by one folder only.
    .target(name: "CKernels"),
    .target(
      name: "CBLAS",
      linkerSettings: [
        .linkedLibrary("openblas", .when(platforms: [.linux])),
        .linkedFramework("Accelerate", .when(platforms: [.macOS])),
      ]),
    .target(
      name: "CCompression",
      linkerSettings: [.linkedLibrary("z"), .linkedLibrary("bz2"), .linkedLibrary("lzma")]),

    // Tests mirror Sources.
    .target(
      name: "ParlaTestSupport",
      dependencies: ["ParlaFiles"],
      path: "Tests/ParlaTestSupport",
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "ParlaFilesTests", dependencies: ["ParlaFiles", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaTranscriptsTests",
      dependencies: ["ParlaFiles", "ParlaTranscripts", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaNeuralNetworkTests",
      dependencies: ["ParlaFiles", "ParlaNeuralNetwork", "ParlaTestSupport"],
      swiftSettings: strict),
    .executableTarget(
      name: "FuzzLanguageModel", dependencies: ["ParlaLanguageModel", "ParlaTestSupport"],
      path: "Tests/FuzzLanguageModel", swiftSettings: strict),
    .testTarget(
      name: "ParlaLanguageModelTests",
      dependencies: ["ParlaFiles", "ParlaLanguageModel", "ParlaTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ParlaAcousticModelTests",
      dependencies: [
        "ParlaAudio", "ParlaTranscripts", "ParlaNeuralNetwork", "ParlaAcousticModel",
        "ParlaTestSupport",
      ],
      swiftSettings: strict),
  ]
)
