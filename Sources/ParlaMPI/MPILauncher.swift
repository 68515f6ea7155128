import CMPI
import Foundation

/// How several processes come to be.
package enum MPILauncher {
  /// Becomes the program that `command` begins with; returns only by throwing.
  ///
  /// - Throws: `MPIError.noLauncher`.
  package static func become(_ command: [String]) throws(MPIError) {
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    let program = command.first ?? ""
    _ = unsafe execvp(program, arguments)
    let code = errno
    for index in unsafe arguments.indices { unsafe free(arguments[index]) }
    throw .noLauncher(
      reason: code == ENOENT ? "not found" : unsafe String(cString: strerror(code)))
  }

  /// Lets only the first of the processes that `mpirun` started speak; the others' messages are the same.
  package static func silenceOthers() {
    guard let index = MPIEnvironment.index, index > 0 else { return }
    FollowerOutput.redirect()
  }
}

/// Where a process that is not the first says what only it knows.
enum FollowerOutput {
  /// Standard error as the process found it, under another number; 2 as long as nothing is redirected.
  private static let descriptor: Int32 = {
    guard let index = MPIEnvironment.index, index > 0 else { return 2 }
    let kept = dup(2)
    return kept < 0 ? 2 : kept
  }()

  /// From here on nothing that is written to standard output or standard error appears.
  static func redirect() {
    guard descriptor != 2 else { return }
    let nowhere = unsafe open("/dev/null", O_WRONLY)
    guard nowhere >= 0 else { return }
    dup2(nowhere, 1)
    dup2(nowhere, 2)
    close(nowhere)
  }

  /// Writes a line that appears.
  static func writeLine(_ text: String) {
    FileHandle(fileDescriptor: descriptor).write(Data((text + "\n").utf8))
  }
}
