// Reads statements with the public ANTLR grammar of PL/SQL.
// In:  one JSON line {"id": …, "text": …} per statement.
// Out: one JSON line {"id": …, "errors": [{"line": …, "column": …, "message": …}]} per statement, as each is done.
import readline from "node:readline";
import antlr4 from "antlr4";
import Lexer from "@griffithswaite/ts-plsql-parser/antlr/PlSqlLexer.js";
import Parser from "@griffithswaite/ts-plsql-parser/antlr/PlSqlParser.js";

function read(text) {
  const errors = [];
  const listener = {
    syntaxError: (_recognizer, _symbol, line, column, message) => {
      errors.push({ line, column: column + 1, message: message.replace(/\s+/g, " ").slice(0, 300) });
    },
    reportAmbiguity() {},
    reportAttemptingFullContext() {},
    reportContextSensitivity() {},
  };
  const lexer = new Lexer(new antlr4.CharStream(text));
  lexer.removeErrorListeners();
  lexer.addErrorListener(listener);
  const parser = new Parser(new antlr4.CommonTokenStream(lexer));
  parser.buildParseTrees = false;
  parser.removeErrorListeners();
  parser.addErrorListener(listener);
  parser.sql_script();
  return errors;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { id, text } = JSON.parse(line);
  process.stdout.write(JSON.stringify({ id, errors: read(text) }) + "\n");
}
