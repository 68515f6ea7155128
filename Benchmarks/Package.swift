// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "parla-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "parla", path: "..")],
  targets: [
    .executableTarget(
      name: "feature-benchmark",
      dependencies: [.product(name: "ParlaAudio", package: "parla")],
      path: "Sources/FeatureBenchmark"),
    .executableTarget(
      name: "recognition-benchmark",
      dependencies: [
        .product(name: "ParlaModelExchange", package: "parla"),
        .product(name: "ParlaRecognition", package: "parla"),
      ],
      path: "Sources/RecognitionBenchmark"),
    .executableTarget(
      name: "LanguageModelQuery",
      dependencies: [.product(name: "ParlaLanguageModel", package: "parla")]),
  ]
)
