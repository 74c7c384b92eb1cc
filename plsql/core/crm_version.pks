create or replace package crm_version
   authid definer
is
   /**
   Versions of code and schema.

   Owns:    nothing; reads crm_migrations, which the migration runner keeps
   Commits: never
   */

   /** Version of the daemon's interface; N and N - 1 are served side by side. */
   co_api_version constant pls_integer := 1;

   /** Version of the newest migration that has been applied completely; null when there is none. */
   function schema_version return varchar2;
end crm_version;
/
