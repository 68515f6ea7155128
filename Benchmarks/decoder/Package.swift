// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "decoder-benchmark",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "parla", path: "../..")],
  targets: [
    .executableTarget(
      name: "decoder-benchmark",
      dependencies: [.product(name: "ParlaRecognition", package: "parla")])
  ]
)
