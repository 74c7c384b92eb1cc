create or replace package crm_version
   authid definer
is
   /**
   Version of the schema. The version of the interface stands in crm_bridge_api.

   Owns:    nothing; reads crm_migrations, which the migration runner keeps
   Commits: never
   */

   /** Version of the newest migration that has been applied completely; null when there is none. */
   function schema_version return varchar2;
end crm_version;
/
