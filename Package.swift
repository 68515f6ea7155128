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
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // Foundation of all levels: how a file is written whole or not at all, and NumPy arrays.
    .target(name: "ParlaFiles", swiftSettings: strict),

    // Level 0: know nothing of each other.
    .target(
      name: "ParlaAudio", dependencies: ["ParlaFiles", "CAudioFormats"], swiftSettings: strict),
    .target(name: "ParlaTranscripts", dependencies: ["ParlaFiles"], swiftSettings: strict),

    // C doors, each imported by one folder only.
    .target(
      name: "CAudioFormats",
      linkerSettings: [.linkedLibrary("sndfile"), .linkedLibrary("soxr")]),

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
      name: "ParlaAudioTests", dependencies: ["ParlaAudio", "ParlaFiles", "ParlaTestSupport"],
      swiftSettings: strict),
  ]
)
