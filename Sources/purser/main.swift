import Foundation
import PurserCommands

exit(await PurserProgram.run(Array(CommandLine.arguments.dropFirst()), in: .process()).rawValue)
