create or replace package body crm_version
is
   function schema_version return varchar2
   is
      l_version crm_migrations.version%type;
   begin
      select max(m.version)
        into l_version
        from crm_migrations m
       where m.state = 'DONE';
      return l_version;
   end schema_version;
end crm_version;
/
