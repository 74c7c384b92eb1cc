-- The suites, in the order of installation; after plsql/install.sql, never on a production database.
-- Connected as an administrator, with: alter session set current_schema = CRM_SYNC
@@grants_for_tests.sql
@@crm_test_fixture.pks
@@crm_test_fixture.pkb
@@crm_test_break_trg.trg
@@crm_test_outbox.pks
@@crm_test_outbox.pkb
@@crm_test_capture.pks
@@crm_test_capture.pkb
@@crm_test_inbox.pks
@@crm_test_inbox.pkb
@@crm_test_apply.pks
@@crm_test_apply.pkb
@@crm_test_rules.pks
@@crm_test_rules.pkb
@@crm_test_reconcile.pks
@@crm_test_reconcile.pkb
@@crm_test_err.pks
@@crm_test_err.pkb
@@crm_test_steps.pks
@@crm_test_steps.pkb
@@crm_test_vectors.pks
@@crm_test_vectors.pkb
@@crm_test_hash.pks
@@crm_test_hash.pkb
