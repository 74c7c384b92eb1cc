#!/bin/sh
# Runs the suites with utPLSQL-cli against a real database.
#   UTPLSQL_CONNECT  user/password@//host:port/service, or /@alias with a wallet
#   UTPLSQL_REPORT   where the JUnit report goes; utplsql-junit.xml here when not set
set -eu
: "${UTPLSQL_CONNECT:?set UTPLSQL_CONNECT to the connect string of the database}"
exec utplsql run "$UTPLSQL_CONNECT" \
    -p=crm_sync:crm \
    -f=ut_documentation_reporter \
    -f=ut_junit_reporter -o="${UTPLSQL_REPORT:-utplsql-junit.xml}" \
    -fcode=1
