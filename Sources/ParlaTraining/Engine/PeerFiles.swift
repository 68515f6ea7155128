import Foundation
package import ParlaAcousticModel
import ParlaFiles
package import ParlaNeuralNetwork

/// What the first peer has on its disk, for the others.
extension Peers {
  /// Sends the files that `write` puts into a folder to the other peers, each of which calls `receiveFiles`.
  func sendFiles(_ write: (_ folder: String) throws -> Void) throws {
    let place = try TemporaryFolder(path: Self.temporaryPath)
    defer { withExtendedLifetime(place) {} }
    try write(place.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    _ = try gather(names)
    for name in names {
      _ = gather(
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: place.path.appendingName(name)))))
    }
  }

  /// What `read` finds in a folder with the files that the first peer sends.
  func receiveFiles<Result>(_ read: (_ folder: String) throws -> Result) throws -> Result {
    let place = try TemporaryFolder(path: Self.temporaryPath)
    defer { withExtendedLifetime(place) {} }
    for name in try gather([String]())[0] {
      let bytes = gather([UInt8]())[0]
      try AtomicFile.write(Data(bytes), to: place.path.appendingName(name.fileName))
    }
    return try read(place.path)
  }

  private static var temporaryPath: String {
    NSTemporaryDirectory().appendingName("parla-peers-\(UUID().uuidString)")
  }

  /// The model that `read` gives the first peer, for all of them.
  package func model(_ read: () throws -> AcousticModel) throws -> AcousticModel {
    let name = "model.safetensors"
    guard isFirst else {
      return try receiveFiles { try AcousticModel(path: $0.appendingName(name)) }
    }
    let model = try working(read)
    if count > 1 { try sendFiles { try model.write(to: $0.appendingName(name)) } }
    return model
  }
}
