// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "parla", path: "..")],
  targets: [
    .executableTarget(
      name: "LanguageModelQuery",
      dependencies: [.product(name: "ParlaLanguageModel", package: "parla")])
  ]
)
