import Foundation
import ParlaFiles

/// The program rsvg-convert of librsvg, which makes other pictures of drawings.
///
/// A library that does so would be loaded with every start of Parla.
enum PictureProgram {
  /// The endings of the files that it makes.
  static let endings = ["png", "pdf", "ps", "eps"]

  private static let name = "rsvg-convert"

  /// Whether it is installed.
  static var isThere: Bool { (try? run(["--version"], Data())) != nil }

  /// What to do where it is not.
  static let advice = "the program \(name) is missing: apt-get install librsvg2-bin"

  /// `drawing`, which is SVG, as the content of a file with `ending`.
  ///
  /// - Throws: `KurError.data`, `.file`.
  static func picture(of drawing: String, ending: String) throws -> Data {
    try run(["--format", ending, "--zoom", "1.5"], Data(drawing.utf8))
  }

  private static func run(_ arguments: [String], _ input: Data) throws -> Data {
    // A file, not a pipe: it need not be read while it is written.
    let file = try TemporaryFile(in: NSTemporaryDirectory())
    try file.append(input)
    lseek(file.descriptor, 0, SEEK_SET)
    let process = Process()
    let (output, errors) = (Pipe(), FileHandle.nullDevice)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.standardInput = FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: false)
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch {
      throw KurError.data(path: name, problem: systemReason(error))
    }
    let picture = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw KurError.data(
        path: name, problem: "ended with status \(process.terminationStatus), expected a picture")
    }
    return picture
  }
}
