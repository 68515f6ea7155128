import ArgumentParser
import Foundation

/// What was typed must be text: Swift reads other bytes as U+FFFD, so that a path would lead to another file, or to none.
enum ArgumentText {
  /// Refuses the first argument that is not UTF-8.
  ///
  /// - Throws: `ValidationError`.
  static func check() throws(ValidationError) {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = unsafe CommandLine.unsafeArgv[index],
        unsafe String(validatingCString: argument) == nil
      else { continue }
      let bytes = unsafe UnsafeBufferPointer(start: argument, count: strlen(argument))
      throw ValidationError(
        "\(shown(unsafe bytes.map { UInt8(bitPattern: $0) })): this argument is not UTF-8 text, expected "
          + "names in UTF-8. Rename the file, as with: convmv -f latin1 -t utf8 -r --notest FOLDER")
    }
  }

  /// ASCII as it is, other bytes as \\xE9.
  static func shown(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      (0x20..<0x7F).contains(byte)
        ? String(Unicode.Scalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}
